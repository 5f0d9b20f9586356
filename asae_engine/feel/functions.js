// The programme's own FEEL functions, the same in the server's isolate and in the browser.
//
//   working days(date, n)          the n-th working day after a date (before it when n is negative)
//   working days between(a, b)     how many working days lie after a, up to and with b
//   age(birth date)                completed years, today
//   today(), now()                 from the clock that the caller gives, in Europe/Paris
//
// A context that holds what `createFunctions` returns knows them. An argument that is null gives null; one of another
// type throws a TypeError. In the browser (`holidays`: ISO dates from the server; `now`: milliseconds since 1970):
//
//   evaluate(expression, { ...builtins({ holidays, now: () => Date.now() }), ...values });
import { FeelDate, FeelDateTime, date as toDate, dateAndTime } from 'feelin';

export const ZONE = 'Europe/Paris';
export const FUNCTION_NAMES = ['working days', 'working days between', 'age', 'today', 'now'];

const DAY = 86_400_000;
const MOST_WORKING_DAYS = 10_000;

// Tells the day and the instant in Europe/Paris as the texts that `createFunctions` reads.
export function parisClock(present) {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'medium' });
  return {
    today: () => parts.format(present()).slice(0, 10),
    now: () => `${parts.format(present()).replace(' ', 'T')}@${ZONE}`,
  };
}

export function builtins({ holidays, now = () => Date.now() }) {
  return createFunctions({ ...parisClock(() => new Date(now())), holidays });
}

export function createFunctions({ today, now, holidays }) {
  const closed = new Set([...holidays].map(text => Date.parse(text)));
  const works = day => {
    const weekday = new Date(day).getUTCDay();
    return weekday !== 0 && weekday !== 6 && !closed.has(day);
  };

  return {
    'working days': named(['date', 'n'], (start, n) => {
      if (isNull(start) || isNull(n)) return null;
      if (!Number.isInteger(n) || Math.abs(n) > MOST_WORKING_DAYS) {
        throw new TypeError('working days(date, n) wants a whole number of days');
      }
      let day = number(start, 'working days(date, n) wants a date');
      const step = n < 0 ? -DAY : DAY;
      for (let left = Math.abs(n); left > 0;) {
        day += step;
        if (works(day)) left -= 1;
      }
      return toDate(new Date(day).toISOString().slice(0, 10));
    }),

    'working days between': named(['start', 'end'], (start, end) => {
      if (isNull(start) || isNull(end)) return null;
      const from = number(start, 'working days between(start, end) wants two dates');
      const to = number(end, 'working days between(start, end) wants two dates');
      const forward = to >= from;
      const [first, last] = forward ? [from + DAY, to] : [to, from - DAY];
      let count = 0;
      for (let day = first; day <= last; day += DAY) if (works(day)) count += 1;
      return forward ? count : 0 - count;
    }),

    age: named(['birth date'], birth => {
      if (isNull(birth)) return null;
      const [year, month, day] = civil(birth, 'age(birth date) wants a date');
      const [thisYear, thisMonth, thisDay] = civil(toDate(today()), '');
      return thisYear - year - (thisMonth < month || (thisMonth === month && thisDay < day) ? 1 : 0);
    }),

    today: named([], () => toDate(today())),
    now: named([], () => dateAndTime(now())),
  };
}

// feelin reads a function's parameter names from `$args`, for calls by name.
function named(parameters, body) {
  return Object.assign(body, { $args: parameters });
}

function isNull(value) {
  return value === null || value === undefined;
}

function civil(value, complaint) {
  if (!(value instanceof FeelDate || value instanceof FeelDateTime)) throw new TypeError(complaint);
  return [value.year, value.month, value.day];
}

function number(value, complaint) {
  const [year, month, day] = civil(value, complaint);
  return new Date(0).setUTCFullYear(year, month - 1, day);
}
