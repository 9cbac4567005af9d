// Shows the API documentation. Everything comes from this process: nothing is loaded from elsewhere.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#documentation",
  deepLinking: true,
  validatorUrl: "none",
  displayRequestDuration: true,
});
