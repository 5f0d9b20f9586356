// The island's few words. The page's language decides.
const texts = {
  fr: {
    zoomIn: 'Agrandir le schéma',
    zoomOut: 'Réduire le schéma',
    fit: 'Voir tout le schéma',
    failed: 'Le schéma ne peut pas être affiché. Ses étapes restent lisibles en texte ci-dessous.',
    open: 'Ouvrir le schéma « {name} »',
    diagram: 'Schéma du processus',
    token: 'en cours',
    late: 'en retard',
    count: 'situations',
    error: 'à corriger',
    warning: 'à vérifier',
  },
  en: {
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fit: 'Show the whole diagram',
    failed: 'The diagram cannot be shown. Its steps can still be read as text below.',
    open: 'Open the diagram “{name}”',
    diagram: 'Process diagram',
    token: 'under way',
    late: 'late',
    count: 'cases',
    error: 'to correct',
    warning: 'to check',
  },
};

export const text = (key, values = {}) =>
  (texts[document.documentElement.lang] ?? texts.fr)[key].replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole);
