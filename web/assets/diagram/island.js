// One island: a viewer, its zoom buttons, its marks. Attributes of the element:
//   data-diagram      address of the BPMN file
//   data-marks        JSON list of marks (marks.js)
//   data-called       address of a called process's page, `{key}` standing for its key
//   data-label        what the diagram is, for screen readers
// Elements anywhere in the page with data-diagram-show="ElementId" (and data-diagram-for="<id of the island>" when there
// are several) show that step when clicked. The island sends `diagram:select` with { element } when a step is clicked.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { text } from './texts.js';
import { showMarks } from './marks.js';

const MAX_FIT = 1;
const MARGIN = 0.97; // a little air around the drawing

export async function mount(host) {
  host.dataset.diagramMounted = '';
  host.classList.add('diagram');
  const stage = document.createElement('div');
  stage.className = 'diagram-stage';
  host.append(stage);
  const viewer = new NavigatedViewer({ container: stage });
  host.viewer = viewer;
  try {
    const response = await fetch(host.dataset.diagram, { headers: { Accept: 'application/xml' } });
    if (!response.ok) throw new Error(`status ${response.status}`);
    await viewer.importXML(await response.text());
  } catch (error) {
    console.error(error);
    stage.remove();
    const note = document.createElement('p');
    note.className = 'diagram-failed';
    note.setAttribute('role', 'alert');
    note.textContent = text('failed');
    host.append(note);
    return;
  }
  describe(host, viewer);
  fit(viewer);
  showMarks(viewer, JSON.parse(host.dataset.marks ?? '[]'));
  if (host.dataset.called) linkCalled(viewer, host.dataset.called);
  host.append(zoomButtons(viewer));
  announceSelection(host, viewer);
  refitWhenResized(stage, viewer);
  host.dispatchEvent(new CustomEvent('diagram:ready', { bubbles: true }));
}

// Small diagrams are not blown up: a step keeps the size of a button.
function fit(viewer) {
  const canvas = viewer.get('canvas');
  canvas.resized();
  const scale = canvas.zoom('fit-viewport', 'auto');
  canvas.zoom(Math.min(MAX_FIT, scale * MARGIN), 'auto');
}

function refitWhenResized(stage, viewer) {
  let width = stage.clientWidth;
  new ResizeObserver(() => {
    if (Math.abs(stage.clientWidth - width) < 2) return;
    width = stage.clientWidth;
    if (width) fit(viewer);
  }).observe(stage);
}

function describe(host, viewer) {
  const svg = host.querySelector('svg');
  svg.setAttribute('role', 'group');
  svg.setAttribute('aria-label', host.dataset.label ?? text('diagram'));
  svg.setAttribute('tabindex', '0');
  host.querySelector('.bjs-powered-by')?.setAttribute('aria-label', 'bpmn.io');
  viewer.get('elementRegistry').forEach((element, graphics) => {
    if (!element.businessObject?.name || element.labelTarget) return;
    graphics.setAttribute('role', 'img');
    graphics.setAttribute('aria-label', element.businessObject.name);
  });
}

function zoomButtons(viewer) {
  const bar = document.createElement('div');
  bar.className = 'diagram-zoom';
  const canvas = viewer.get('canvas');
  const zoom = factor => canvas.zoom(Math.min(4, Math.max(0.2, canvas.zoom() * factor)), 'auto');
  for (const [label, sign, act] of [
    ['zoomIn', '+', () => zoom(1.25)],
    ['zoomOut', '−', () => zoom(0.8)],
    ['fit', '⤢', () => fit(viewer)],
  ]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    button.title = text(label);
    button.setAttribute('aria-label', text(label));
    button.addEventListener('click', act);
    bar.append(button);
  }
  return bar;
}

function linkCalled(viewer, address) {
  const overlays = viewer.get('overlays');
  viewer.get('elementRegistry').forEach(element => {
    const { calledElement, name } = element.businessObject ?? {};
    if (!calledElement || element.labelTarget) return;
    const link = document.createElement('a');
    link.className = 'diagram-open';
    link.href = address.replace('{key}', encodeURIComponent(calledElement));
    link.title = text('open', { name: name ?? calledElement });
    link.setAttribute('aria-label', link.title);
    link.textContent = '↗';
    overlays.add(element, 'open', { position: { bottom: 27, left: 3 }, html: link });
  });
}

function announceSelection(host, viewer) {
  viewer.on('element.click', ({ element }) =>
    host.dispatchEvent(new CustomEvent('diagram:select', { bubbles: true, detail: { element: element.id } })));
  document.addEventListener('click', event => {
    const asked = event.target.closest?.('[data-diagram-show]');
    if (!asked || (asked.dataset.diagramFor && asked.dataset.diagramFor !== host.id)) return;
    if (!host.isConnected) return;
    show(viewer, asked.dataset.diagramShow);
  });
}

function show(viewer, id) {
  const element = viewer.get('elementRegistry').get(id);
  if (!element) return;
  viewer.get('selection').select(element);
  const canvas = viewer.get('canvas');
  if (canvas.zoom() < 0.6) canvas.zoom(0.8, element.waypoints ? 'auto' : middle(element));
  canvas.scrollToElement(element, 60);
}

const middle = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 });
