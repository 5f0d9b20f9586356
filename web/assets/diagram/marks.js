// Marks on a diagram's steps: a coloured outline on the shape, a badge at its corner, and words for who cannot see them.
import { text } from './texts.js';

// The bottom edge is left to the events that hang on a step.
const CORNERS = {
  token: { top: -14, left: -14 },
  late: { top: -14, left: -14 },
  count: { top: -14, right: 14 },
  finding: { bottom: 12, left: -12 },
};
const BESIDE = { top: -14, left: 18 }; // a token on a step that also has late ones

const words = ({ kind, severity, text: shown, title }) =>
  title ?? `${shown ?? ''} ${text(kind === 'finding' ? (severity ?? 'error') : kind)}`.trim();

function badge(mark) {
  const node = document.createElement(mark.href ? 'a' : 'span');
  node.className = `diagram-badge diagram-badge-${mark.kind}`;
  if (mark.severity) node.classList.add(`diagram-badge-${mark.severity}`);
  if (mark.href) node.href = mark.href;
  const shown = document.createElement('span');
  shown.textContent = mark.text ?? (mark.kind === 'finding' ? '!' : '');
  shown.setAttribute('aria-hidden', 'true');
  const spoken = document.createElement('span');
  spoken.className = 'visually-hidden';
  spoken.textContent = words(mark);
  node.title = words(mark);
  node.append(shown, spoken);
  return node;
}

// `marks`: [{ element, kind: "token" | "late" | "count" | "finding" | "heat", text, href, title, severity, level }].
// Called again, it replaces the marks it put before.
export function showMarks(viewer, marks) {
  const canvas = viewer.get('canvas');
  const overlays = viewer.get('overlays');
  const registry = viewer.get('elementRegistry');
  overlays.remove({ type: 'mark' });
  for (const [id, name] of viewer.shownMarkers ?? []) if (registry.get(id)) canvas.removeMarker(id, name);
  viewer.shownMarkers = [];
  for (const mark of marks) {
    const shape = registry.get(mark.element);
    if (!shape) continue;
    const name = mark.kind === 'heat' ? `mark-heat-${mark.level}` : `mark-${mark.severity ?? mark.kind}`;
    canvas.addMarker(shape, name);
    viewer.shownMarkers.push([mark.element, name]);
    const graphics = registry.getGraphics(shape);
    graphics.setAttribute('role', 'img');
    graphics.setAttribute('aria-label', `${shape.businessObject.name ?? ''} : ${words(mark)}`);
    if (mark.kind === 'heat' || shape.waypoints) continue;
    const beside = mark.kind === 'token' && marks.some(({ element, kind }) => element === mark.element && kind === 'late');
    overlays.add(shape, 'mark', { position: beside ? BESIDE : CORNERS[mark.kind], html: badge(mark) });
  }
}
