// Runs before the first paint: the stored theme and menu width, so that nothing jumps.
(() => {
  const root = document.documentElement;
  root.dataset.script = "on";
  let theme = null;
  try {
    theme = localStorage.getItem("cb-theme");
    if (localStorage.getItem("cb-menu") === "narrow") root.dataset.menu = "narrow";
  } catch {
    // Storage is closed to this page; the defaults stand.
  }
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.bsTheme = dark ? "dark" : "light";
})();
