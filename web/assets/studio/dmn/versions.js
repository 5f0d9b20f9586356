// dmn-js reads DMN 1.3 alone. Versions 1.1, 1.2, 1.4 and 1.5 say the same under other addresses: a file of theirs is read under
// those of 1.3, and saved as 1.3 once something is changed. What only 1.4 and 1.5 know (conditional, filter, for, some, every)
// the editor would drop without a word: `unreadable` tells it from the warnings of its import, and the file is shown as text.
const LATER = /https?:\/\/www\.omg\.org\/spec\/DMN\/(?:20180521|20211108|20230324)\/(MODEL|DMNDI)\//g;
const FIRST = /http:\/\/www\.omg\.org\/spec\/DMN\/20151101\/dmn\.xsd/g;

export function asVersion13(content) {
  return content.replace(LATER, 'https://www.omg.org/spec/DMN/20191111/$1/')
    .replace(FIRST, 'https://www.omg.org/spec/DMN/20191111/MODEL/');
}

export function unreadable(warnings) {
  return warnings.filter(({ message }) => /^unparsable content/.test(message));
}
