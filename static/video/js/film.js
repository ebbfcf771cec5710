// Plays HLS and MP4 of the media server under the viewer's mark: own keys, because the browser's
// would show the picture alone, without the mark. Starts without sound.
const player = document.getElementById("player");
const film = document.getElementById("picture");
const seek = document.getElementById("seek");
const clock = document.getElementById("clock");
const link = player.dataset.link;
const STEP_S = 10;
const TRIES = 5;
// A server that does not answer is told of within half a minute, not after two.
const PATIENCE = {
  maxTimeToFirstByteMs: 8000, maxLoadTimeMs: 15000,
  timeoutRetry: { maxNumRetry: 1, retryDelayMs: 0, maxRetryDelayMs: 0 },
  errorRetry: { maxNumRetry: 3, retryDelayMs: 1000, maxRetryDelayMs: 4000 },
};

function lose(why) {
  player.dispatchEvent(new CustomEvent("lost", { detail: why }));
}

async function open() {
  if (player.dataset.delivery === "mp4") return openPlain();
  const { default: Hls } = await import(player.dataset.hls);
  if (!Hls.isSupported()) {
    if (film.canPlayType("application/vnd.apple.mpegurl")) return openPlain();
    return lose("lostCodec");
  }
  const policy = { default: PATIENCE };
  const first = { default: { ...PATIENCE, errorRetry: { ...PATIENCE.errorRetry, maxNumRetry: 1 } } };
  const hls = new Hls({
    workerPath: player.dataset.worker, backBufferLength: 60,
    manifestLoadPolicy: first, playlistLoadPolicy: policy, fragLoadPolicy: policy,
  });
  let failed = 0;
  let hasPlayed = false;
  let isOver = false;
  hls.on(Hls.Events.FRAG_BUFFERED, () => { failed = 0; hasPlayed = true; });
  hls.on(Hls.Events.ERROR, (_name, told) => {
    if (told.response?.code === 403) return end("lostRefused");
    if (!told.fatal) return undefined;
    if (told.type === Hls.ErrorTypes.NETWORK_ERROR && hasPlayed && failed < TRIES) {
      failed += 1;  // a line that was down for a moment
      return setTimeout(() => isOver || hls.startLoad(), 1000 * failed);
    }
    if (told.type === Hls.ErrorTypes.MEDIA_ERROR && !/codec/i.test(told.details)) {
      failed += 1;
      if (failed <= TRIES) return hls.recoverMediaError();
    }
    return end(told.type === Hls.ErrorTypes.NETWORK_ERROR ? "lostServer" : "lostCodec");
  });
  function end(why) {
    close();
    lose(why);
  }
  function close() {
    isOver = true;
    hls.destroy();
  }
  player.addEventListener("over", close, { once: true });
  hls.loadSource(link);
  hls.attachMedia(film);
  hls.on(Hls.Events.MANIFEST_PARSED, start);
  return undefined;
}

function openPlain() {
  film.onerror = () => {
    if (!film.hasAttribute("src")) return;
    lose(film.error?.code === MediaError.MEDIA_ERR_DECODE ? "lostCodec" : "lostServer");
  };
  film.src = link;
  start();
}

function start() {
  film.muted = true;
  film.play().catch(() => shown());  // a browser that plays nothing unasked shows the key
}

function shown() {
  const key = document.getElementById("play-pause");
  key.setAttribute("aria-pressed", String(film.paused));
  document.getElementById("sound").setAttribute("aria-pressed", String(!film.muted));
}

function turn() {
  if (film.paused) film.play().catch(() => shown());
  else film.pause();
}

function moved() {
  if (!seek) return;
  const begin = film.seekable.length ? film.seekable.start(0) : 0;
  const length = film.seekable.length ? film.seekable.end(0) - begin : 0;
  seek.max = String(Math.max(0, Math.floor(length)));
  if (document.activeElement !== seek || film.paused) seek.value = String(film.currentTime - begin);
  const at = new Date((Number(clock.dataset.since) + film.currentTime - begin) * 1000);
  clock.value = at.toLocaleTimeString(document.documentElement.lang, { timeZone: clock.dataset.zone });
  seek.setAttribute("aria-valuetext", clock.value);
}

function jump(seconds) {
  if (!seek || !film.seekable.length) return;
  const [from, to] = [film.seekable.start(0), film.seekable.end(0)];
  film.currentTime = Math.min(to, Math.max(from, seconds));
}

document.getElementById("play-pause").addEventListener("click", turn);
document.getElementById("sound").addEventListener("click", () => { film.muted = !film.muted; });
for (const name of ["play", "pause", "volumechange"]) film.addEventListener(name, shown);
film.addEventListener("timeupdate", moved);
film.addEventListener("click", turn);
seek?.addEventListener("input", () => {
  jump(film.seekable.length ? film.seekable.start(0) + Number(seek.value) : 0);
  moved();
});
const whole = document.getElementById("whole");
whole.hidden = !player.requestFullscreen;
whole.addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else player.requestFullscreen();
});
document.addEventListener("fullscreenchange", () => {
  whole.setAttribute("aria-pressed", String(document.fullscreenElement === player));
});
player.addEventListener("keydown", (event) => {
  if (event.target === seek || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "ArrowLeft") jump(film.currentTime - STEP_S);
  else if (event.key === "ArrowRight") jump(film.currentTime + STEP_S);
  else if (event.key === "m") film.muted = !film.muted;
  else if (event.key === "f" && !whole.hidden) whole.click();
});
player.addEventListener("over", () => film.pause());
player.addEventListener("again", open);
open();
