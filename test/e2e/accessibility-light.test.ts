import { testAccessibility } from './accessibility.ts'

testAccessibility([
  { width: 380, height: 780, theme: 'light', language: 'fr' },
  { width: 1920, height: 1080, theme: 'light', language: 'en' },
])
