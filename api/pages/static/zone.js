// Tells the service once a day in which zone to write times, and asks for the page again if that was another one.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const { zone: written, again } = document.body.dataset;

if (zone) {
  document.cookie = `foreshock_zone=${encodeURIComponent(zone)}; path=/; max-age=86400; samesite=strict`;
  if (again !== undefined && zone !== written && document.cookie.includes("foreshock_zone=")) location.reload();
}
