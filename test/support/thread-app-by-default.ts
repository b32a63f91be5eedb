export { app as default } from './thread-app.ts'
