// Reads TypeScript in this thread, whichever it is: `--import` of tsx alone does so in the main thread only.
import { register } from 'tsx/esm/api'

register()
