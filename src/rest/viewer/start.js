"use strict";
// Every address is relative, so that the page works behind a proxy's prefix and in Home Assistant.
const viewer = window.SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
  // Whoever signs in with "Try it out" need not copy the token.
  responseInterceptor: (response) => {
    const tokens = response.ok && /\/auth\/(login|refresh)$/.test(response.url) ? response.obj : null;
    if (tokens?.access_token) viewer.preauthorizeApiKey("bearer", tokens.access_token);
    return response;
  },
});
