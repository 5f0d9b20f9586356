// What the programme offers to a diagram: forms, roles, delays, decisions, processes, fields. Asked once, and again when
// the page gets the focus back (a form may have been made in another tab).
import { read, write } from '../server.js';
import { t } from '../translate.js';

export class Vocabulary {
  static async load(address) {
    const vocabulary = new Vocabulary();
    vocabulary.address = address;
    await vocabulary.refresh();
    addEventListener('focus', () => vocabulary.refresh().catch(console.error));
    return vocabulary;
  }

  async refresh() {
    const { ok, data } = await read(this.address);
    if (ok) Object.assign(this, data);
  }

  get variables() {
    const forms = new Map();
    for (const { form, formTitle, key, label } of this.fields) {
      if (!forms.has(form)) forms.set(form, { name: form, info: formTitle, entries: [] });
      forms.get(form).entries.push({ name: key, info: label });
    }
    return [...forms.values()];
  }

  get recipients() {
    return [{ value: 'assignee', label: t('The person in charge of the step') }, ...this.roles.map(({ key, label }) => ({ value: key, label }))];
  }

  roleName(token) {
    if (token.startsWith('=') || token.includes(',')) return token;
    const [role, organisation] = token.split('@');
    const name = (list, key) => list.find(item => item.key === key)?.label ?? key;
    if (organisation === 'assignee') return t('{role} of the organisation in charge', { role: name(this.roles, role) });
    return organisation ? `${name(this.roles, role)} · ${name(this.organisations, organisation)}` : name(this.roles, role);
  }

  decisionAddress(id) {
    const found = this.decisions.find(decision => decision.id === id);
    return found && this.addresses.decision.replace('{file}', found.file);
  }

  makeForm = title => this.make(this.addresses.newForm, { title });

  makeDelays = values => this.make(this.addresses.newDelays, values);

  async make(address, values) {
    const { ok, data } = await write(address, values, 'POST');
    if (!ok) return { error: data.error ?? t('It could not be done. Reload the page.') };
    await this.refresh();
    return data;
  }
}
