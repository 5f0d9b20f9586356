// Lists of rows: « Ajouter » and « Retirer » without a trip to the server. Without scripts the same buttons submit.

export function createRows(root, { changed, say, words }) {
  root.addEventListener('click', event => {
    const add = event.target.closest('[data-add]');
    const remove = event.target.closest('[data-remove]');
    if (!add && !remove) return;
    event.preventDefault();
    const list = (add ?? remove).closest('[data-list]');
    if (add) {
      const row = append(list);
      say(words.row_added.replace('{number}', rows(list).length));
      row.querySelector('input, select, textarea')?.focus();
    } else {
      const row = remove.closest('[data-row]');
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      renumber(list);
      say(words.row_removed);
      (next?.querySelector('input, select, textarea') ?? list.querySelector('[data-add]')).focus();
    }
    changed();
  });

  return { resize };
}

export function resize(list, count) {
  if (!list.querySelector('[data-blank]')) return;
  while (rows(list).length < count) append(list);
  rows(list).slice(count).forEach(row => row.remove());
  renumber(list);
}

function rows(list) {
  return [...list.querySelectorAll('[data-row]')];
}

function append(list) {
  const numbers = rows(list).map(row => Number(row.dataset.row.split('.').pop()));
  const next = Math.max(-1, ...numbers) + 1;
  const holder = document.createElement('template');
  holder.innerHTML = list.querySelector('[data-blank]').innerHTML.replaceAll('__n__', next);
  const row = holder.content.firstElementChild;
  list.querySelector('[data-rows]').append(row);
  renumber(list);
  return row;
}

function renumber(list) {
  rows(list).forEach((row, index) => {
    row.querySelectorAll('[data-number]').forEach(place => { place.textContent = index + 1; });
  });
}
