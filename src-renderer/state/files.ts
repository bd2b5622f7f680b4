export { fileAt } from '../api/files.ts'
