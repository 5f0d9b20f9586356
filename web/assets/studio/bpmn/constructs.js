// Which constructs the palette and the menus offer: those that the engine runs. The file may hold others (drawn
// elsewhere); the check then says so.
const PALETTE = new Set([
  'hand-tool', 'lasso-tool', 'space-tool', 'global-connect-tool', 'tool-separator', 'create.start-event', 'create.end-event',
  'create.exclusive-gateway', 'create.participant-expanded', 'create.subprocess-expanded', 'create',
]);

const NEEDS_WORD = ['link', 'compensat', 'condition', 'cancel', 'transaction', 'ad-hoc', 'complex', 'signal', 'data-', 'manual',
  'event-subprocess', 'group', 'collapsed-pool', 'collapsed-subprocess', 'none-boundary', 'message-start', 'timer-start',
  'error-start', 'escalation-start', 'message-end', 'message-intermediate-throw', 'replace-with-task', 'instantiate'];
// Entries whose name holds one of those words, but which are wanted.
const KEPT = ['replace-with-conditional-flow'];

class ConstructsOffered {
  constructor(palette, popupMenu, contextPad, create, elementFactory, autoPlace, translate) {
    palette.registerProvider(500, this);
    for (const menu of ['bpmn-replace', 'bpmn-append', 'bpmn-create']) popupMenu.registerProvider(menu, 500, this);
    contextPad.registerProvider(500, this);
    this.create = create;
    this.elementFactory = elementFactory;
    this.autoPlace = autoPlace;
    this.translate = translate;
  }

  getPaletteEntries() {
    return entries => {
      const kept = Object.fromEntries(Object.entries(entries).filter(([id]) => PALETTE.has(id)));
      const { create, ...others } = kept;
      return {
        ...others,
        'create.user-task': this.creating('bpmn:UserTask', 'activity', 'bpmn-icon-user-task', 'Create a step someone does'),
        'create.call-activity': this.creating('bpmn:CallActivity', 'activity', 'bpmn-icon-call-activity', 'Create a call to another process'),
        'create.timer': this.creating('bpmn:IntermediateCatchEvent', 'event', 'bpmn-icon-intermediate-event-catch-timer', 'Create a timer', { eventDefinitionType: 'bpmn:TimerEventDefinition' }),
        ...(create ? { create } : {}),
      };
    };
  }

  creating(type, group, className, title, attributes = {}) {
    const begin = event => this.create.start(event, this.elementFactory.createShape({ type, ...attributes }));
    return { group, className, title: this.translate(title), action: { dragstart: begin, click: begin } };
  }

  getPopupMenuEntries() {
    return entries => Object.fromEntries(Object.entries(entries).filter(([id]) => KEPT.includes(id)
      || !(NEEDS_WORD.some(word => id.includes(word)) || /(append|create)-task$/.test(id))));
  }

  // What one adds after a step is a step that someone does, not BPMN's task without a kind.
  getContextPadEntries(element) {
    const shape = () => this.elementFactory.createShape({ type: 'bpmn:UserTask' });
    return entries => Object.fromEntries(Object.entries(entries)
      .filter(([id]) => id !== 'append.compensation-activity')
      .map(([id, entry]) => (id !== 'append.append-task' ? [id, entry] : [id, {
        ...entry,
        className: 'bpmn-icon-user-task',
        title: this.translate('Append a step someone does'),
        action: {
          click: () => this.autoPlace.append(element, shape()),
          dragstart: event => this.create.start(event, shape(), { source: element }),
        },
      }])));
  }
}

ConstructsOffered.$inject = ['palette', 'popupMenu', 'contextPad', 'create', 'elementFactory', 'autoPlace', 'translate'];

export default { __init__: ['constructsOffered'], constructsOffered: ['type', ConstructsOffered] };
