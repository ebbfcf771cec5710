// Charts: an element with data-chart="<id of the JSON script>". ECharts comes only when one is
// in sight; colours are read from the tokens, so light and dark follow the page.
const SOURCE = new URL("../../vendor/echarts/echarts.min.js", import.meta.url);
let loading = null;
const drawn = new Map();

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SOURCE;
    script.addEventListener("load", () => resolve(window.echarts));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return loading;
}

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--cb-${name}`).trim();
}

function theme() {
  const axis = {
    axisLine: { lineStyle: { color: token("line-strong") } },
    axisTick: { show: false },
    axisLabel: { color: token("ink-2") },
    splitLine: { lineStyle: { color: token("line") } },
  };
  return {
    color: ["primary", "soon", "action", "done", "over", "rest"].map(token),
    textStyle: { fontFamily: token("font"), color: token("ink") },
    categoryAxis: axis,
    valueAxis: axis,
    timeAxis: axis,
    legend: { top: 0, textStyle: { color: token("ink-2") }, itemHeight: 10, itemWidth: 14 },
    tooltip: {
      backgroundColor: token("surface"),
      borderColor: token("line-strong"),
      textStyle: { color: token("ink") },
    },
    line: { symbolSize: 5, lineStyle: { width: 2 } },
    bar: { barMaxWidth: 28 },
  };
}

async function draw(figure) {
  const echarts = await load();
  const canvas = figure.querySelector(".chart-canvas");
  drawn.get(figure)?.dispose();
  const chart = echarts.init(canvas, theme(), { renderer: "svg" });
  const option = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  chart.setOption({ animation: !still, aria: { enabled: true }, grid: { left: 8, right: 16, top: 32, bottom: 8, containLabel: true }, ...option });
  // A point that carries an address leads to the rows behind it.
  chart.on("click", (event) => { if (event.data?.url) location.assign(event.data.url); });
  drawn.set(figure, chart);
}

addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
document.addEventListener("cb:theme", () => drawn.forEach((_chart, figure) => draw(figure)));

export function start(scope) {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "200px" });
  for (const figure of scope.querySelectorAll("[data-chart]")) {
    if (figure.dataset.chartReady) continue;
    figure.dataset.chartReady = "1";
    seen.observe(figure);
  }
}
