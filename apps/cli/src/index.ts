/** The command line tool `quartet`. Its bin is main.js. */
export { buildProgram } from './program';
