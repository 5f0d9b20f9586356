// For every page of the site: see buffer.js.
import { forget } from './buffer.js';

forget();
