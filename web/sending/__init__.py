"""« Envois »: what leaves by mail and webhooks, for administrators."""
