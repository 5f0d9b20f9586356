// The read-only diagram island: every `<div data-diagram="/address.bpmn">` of the page becomes a diagram one can pan and
// zoom, with marks on its steps. The same content in words stands beside it (templates/studio/diagram.html).
import './diagram/diagram.css';
import { mount } from './diagram/island.js';

const scan = root => root.querySelectorAll?.('[data-diagram]:not([data-diagram-mounted])').forEach(mount);

scan(document);
document.addEventListener('htmx:after:swap', () => scan(document));
