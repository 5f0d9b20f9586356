// A copy of unsaved answers on this device, kept only while the server cannot have them. The device may be shared: it is
// forgotten when the answers are saved, when the step is completed, at sign-out, and after three days.

const PREFIX = 'asae:draft:';
const SUBMITTED = 'asae:submitted';
const LONGEST = 72 * 3600 * 1000;
// After sign-out nothing is written any more, not even by a save that fails while the page goes away.
let closed = false;

export function createBuffer(user, key) {
  const name = `${PREFIX}${user}:${key}`;
  return {
    // { answers, known, at } or null.
    read() {
      try {
        const found = JSON.parse(localStorage.getItem(name));
        return found && typeof found.answers === 'object' ? found : null;
      } catch {
        return null;
      }
    },
    // Whether the copy could be made.
    write(answers, known) {
      if (closed) return false;
      try {
        localStorage.setItem(name, JSON.stringify({ answers, known, at: Date.now() }));
        return true;
      } catch {
        return false;
      }
    },
    clear() {
      try { localStorage.removeItem(name); } catch { /* no storage, nothing kept */ }
    },
    // The step is on its way: the next page tells whether it arrived.
    submitted() {
      try { sessionStorage.setItem(SUBMITTED, name); } catch { /* the copy will be found again, and compared */ }
    },
  };
}

// Called on every page: forgets what arrived, what is too old, and everything when someone signs out.
export function forget() {
  addEventListener('pageshow', () => { closed = false; });
  try {
    const arrived = sessionStorage.getItem(SUBMITTED);
    sessionStorage.removeItem(SUBMITTED);
    for (const name of names()) {
      const here = document.querySelector('[data-draft-key]');
      const isHere = here && name === `${PREFIX}${here.dataset.draftUser}:${here.dataset.draftKey}`;
      const { at = 0 } = JSON.parse(localStorage.getItem(name)) ?? {};
      if ((name === arrived && !isHere) || Date.now() - at > LONGEST) localStorage.removeItem(name);
    }
  } catch { /* no storage, nothing kept */ }
  document.addEventListener('submit', event => {
    const form = event.target;
    if (!form.matches('[data-sign-out], [action$="/deconnexion"]')) return;
    closed = true;
    try { names().forEach(name => localStorage.removeItem(name)); } catch { /* nothing kept */ }
  });
}

function names() {
  return Object.keys(localStorage).filter(name => name.startsWith(PREFIX));
}
