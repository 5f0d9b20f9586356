// Which constructs the palette and the menus offer: those that the engine runs. The file may hold others (drawn
// elsewhere); the check then says so.
import { bo, is } from './model.js';

const PALETTE = new Set([
  'hand-tool', 'lasso-tool', 'space-tool', 'global-connect-tool', 'tool-separator', 'create.start-event', 'create.end-event',
  'create.exclusive-gateway', 'create.participant-expanded', 'create.subprocess-expanded', 'create',
]);

const NEEDS_WORD = ['cancel', 'transaction', 'ad-hoc', 'complex', 'data-', 'manual', 'group', 'collapsed-pool',
  'collapsed-subprocess', 'none-boundary', 'message-end', 'message-intermediate-throw', 'replace-with-task', 'instantiate'];
// What an event starts: an event sub-process, never a process.
const STARTED_BY_EVENT = /(message|timer|signal|conditional|error|escalation|compensation)-start/;

// And a side process may begin with one of these.
const OF_A_SIDE_PROCESS = /(message|signal|timer|conditional)-start/;

const inSideProcess = element => is(element, 'bpmn:StartEvent') && bo(element).$parent?.get('asae:kind') === 'side';
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
    const aside = !Array.isArray(element) && inSideProcess(element);
    return entries => Object.fromEntries(Object.entries(entries).filter(([id]) => (startable || !STARTED_BY_EVENT.test(id)
        || (aside && OF_A_SIDE_PROCESS.test(id)))
      && !(NEEDS_WORD.some(word => id.includes(word)) || /(append|create)-task$/.test(id))));
  }

  // What one adds after a step, or to undo one, is a step that someone does, not BPMN's task without a kind.
  getContextPadEntries(element) {
    const titles = {
      'append.append-task': 'Append a step someone does',
      'append.compensation-activity': 'Append a step that undoes this one',
    };
    const shape = id => this.elementFactory.createShape({
      type: 'bpmn:UserTask', ...(id === 'append.compensation-activity' ? { isForCompensation: true } : {}),
    });
    return entries => Object.fromEntries(Object.entries(entries)
      .map(([id, entry]) => (!(id in titles) ? [id, entry] : [id, {
        ...entry,
        className: 'bpmn-icon-user-task',
        title: this.translate(titles[id]),
        action: {
          click: () => this.autoPlace.append(element, shape(id)),
          dragstart: event => this.create.start(event, shape(id), { source: element }),
        },
      }])));
  }
}

ConstructsOffered.$inject = ['palette', 'popupMenu', 'contextPad', 'create', 'elementFactory', 'autoPlace', 'translate'];

export default { __init__: ['constructsOffered'], constructsOffered: ['type', ConstructsOffered] };
