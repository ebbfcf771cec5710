/* The service worker: the program on the phone, one cache per build. */
"use strict";
const BUILD = "{{ build }}";
const CACHE = `phone-${BUILD}`;
const ADDRESSES = {{ addresses|safe }};
importScripts(...{{ core|safe }});

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) =>
    cache.addAll(ADDRESSES.map((address) => new Request(address, { cache: "reload" })))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("phone-") && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

// A new program waits until the pages of the old one are idle and say so.
self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (address.pathname.startsWith("/m/api/") || address.pathname.startsWith("/m/office/")) return;
  if (!address.pathname.startsWith("/m/") && !ADDRESSES.includes(address.pathname)) return;
  event.respondWith(kept(event.request, address));
});

async function kept(request, address) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(address.pathname);
  if (found) return found;
  try {
    return await fetch(request);
  } catch (error) {
    if (request.mode === "navigate") {
      const home = await cache.match("/m/");
      if (home) return home;
    }
    throw error;
  }
}

self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") {
    event.waitUntil(self.phone.send(false).then((told) => {
      // Refusing the promise has the browser come again.
      if (told.why && told.why !== "sending") throw new Error(told.why);
    }));
  }
});
