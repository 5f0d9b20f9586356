// What the server's V8 isolate loads: feelin alone. Python calls the functions that this module leaves on globalThis.
import * as feelin from 'feelin';

globalThis.feelin = feelin;
