// Which constructs the palette and the menus offer: those that the engine runs. The file may hold others (drawn
// elsewhere); the check then says so.
import { bo, is } from './model.js';

const PALETTE = new Set([
  'hand-tool', 'lasso-tool', 'space-tool', 'global-connect-tool', 'tool-separator', 'create.start-event', 'create.end-event',
  'create.exclusive-gateway', 'create.participant-expanded', 'create.subprocess-expanded', 'create',
]);

const NEEDS_WORD = ['compensat', 'cancel', 'transaction', 'ad-hoc', 'complex', 'data-', 'manual', 'group', 'collapsed-pool',
  'collapsed-subprocess', 'none-boundary', 'message-end', 'message-intermediate-throw', 'replace-with-task', 'instantiate'];
// What an event starts: an event sub-process, never a process.
const STARTED_BY_EVENT = /(message|timer|signal|conditional|error|escalation)-start/;

const inEventSubProcess = element => is(element, 'bpmn:StartEvent') && Boolean(bo(element).$parent?.get('triggeredByEvent'));

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

  getPopupMenuEntries(element) {
    const startable = !Array.isArray(element) && inEventSubProcess(element);
    return entries => Object.fromEntries(Object.entries(entries).filter(([id]) => (startable || !STARTED_BY_EVENT.test(id))
      && !(NEEDS_WORD.some(word => id.includes(word)) || /(append|create)-task$/.test(id))));
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
