// Its own file, so that the page needs no inline script and the policy of the page can forbid them.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#explorer",
  deepLinking: true,
  persistAuthorization: false,
  defaultModelsExpandDepth: 0,
});
