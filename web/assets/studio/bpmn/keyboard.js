// What the library leaves to the mouse: palette entries and the buttons around a step are reached by Tab, and Enter or
// Space on a palette entry puts the new step in the middle of the view, selected, without a drag.
const SHAPES = {
  'create.start-event': { type: 'bpmn:StartEvent' },
  'create.end-event': { type: 'bpmn:EndEvent' },
  'create.exclusive-gateway': { type: 'bpmn:ExclusiveGateway' },
  'create.user-task': { type: 'bpmn:UserTask' },
  'create.call-activity': { type: 'bpmn:CallActivity' },
  'create.timer': { type: 'bpmn:IntermediateCatchEvent', eventDefinitionType: 'bpmn:TimerEventDefinition' },
  'create.subprocess-expanded': { type: 'bpmn:SubProcess', isExpanded: true },
};

class KeyboardReach {
  constructor(eventBus, canvas, palette, modeling, elementFactory, selection) {
    Object.assign(this, { canvas, palette, modeling, elementFactory, selection });
    eventBus.on('palette.changed', () => this.reach());
    eventBus.on('palette.create', () => setTimeout(() => this.reach()));
    eventBus.on('contextPad.open', () => setTimeout(() => this.reachPad()));
    setTimeout(() => this.reach());
  }

  reach() {
    const container = this.canvas.getContainer();
    container.querySelectorAll('.djs-palette .entry').forEach(entry => {
      if (entry.tabIndex >= 0) return;
      entry.tabIndex = 0;
      entry.title = entry.getAttribute('aria-label');
      entry.addEventListener('keydown', event => this.press(event, entry));
    });
  }

  reachPad() {
    this.canvas.getContainer().querySelectorAll('.djs-context-pad .entry').forEach(entry => {
      if (entry.tabIndex >= 0) return;
      entry.tabIndex = 0;
      entry.title ||= entry.getAttribute('aria-label') ?? '';
      entry.addEventListener('keydown', event => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        entry.click();
      });
    });
  }

  press(event, entry) {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    const shape = SHAPES[entry.dataset.action];
    if (!shape) return entry.click();
    const { x, y, width, height } = this.canvas.viewbox();
    const made = this.modeling.createShape(
      this.elementFactory.createShape(shape), { x: x + width / 2, y: y + height / 2 }, this.container());
    this.selection.select(made);
    return this.canvas.focus?.();
  }

  // Where a new step goes: the canvas, or the pool when the diagram has some.
  container() {
    const root = this.canvas.getRootElement();
    return root.children.find(({ type }) => type === 'bpmn:Participant') ?? root;
  }
}

KeyboardReach.$inject = ['eventBus', 'canvas', 'palette', 'modeling', 'elementFactory', 'selection'];

export default { __init__: ['keyboardReach'], keyboardReach: ['type', KeyboardReach] };
