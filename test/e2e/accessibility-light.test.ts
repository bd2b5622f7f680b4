import { testAccessibility } from './accessibility.ts'

testAccessibility([{ width: 380, height: 780, theme: 'light', language: 'fr' }])
