// Questions to the server. A refusal becomes an Error with the server's own words.

const csrf = () => document.body.dataset.csrf || "";

async function answered(answer, words) {
  if (answer.redirected && /\/login\//.test(answer.url)) throw new Error(words.signedOut);
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => null);
  if (!answer.ok || !body) throw new Error(body?.detail || words.failed);
  return body;
}

export class Server {
  constructor(words) {
    this.words = words;
  }

  get(url, query = {}, { signal } = {}) {
    const pairs = query instanceof URLSearchParams ? query : new URLSearchParams(query);
    return this.send(pairs.size ? `${url}?${pairs}` : url, { signal });
  }

  post(url, body, { keepalive = false } = {}) {
    return this.send(url, {
      method: "POST",
      keepalive,
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify(body),
    });
  }

  async send(url, options) {
    let answer;
    try {
      answer = await fetch(url, { credentials: "same-origin", ...options });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error(this.words.failed);
    }
    return answered(answer, this.words);
  }
}
