// A short link to what is seen. It carries no data: whoever opens it sees with their own rights.

export class Share {
  constructor(page) {
    this.page = page;
    this.part = page.panels.part("share");
    this.out = this.part.querySelector("[data-out]");
    this.link = this.part.querySelector("[data-link]");
    this.part.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.make(event.target.title.value);
    });
    this.part.querySelector("[data-copy]").addEventListener("click", () => this.copy());
  }

  async make(title) {
    const { page } = this;
    try {
      const found = await page.server.post(page.urls.share, { title, state: page.state.view(page.engine.view()) });
      this.link.value = found.url;
      this.part.querySelector("[data-made]").hidden = false;
      this.link.select();
      this.out.textContent = page.words.shared;
    } catch (error) {
      this.out.textContent = error.message;
    }
  }

  // Without a secure address the browser has no clipboard; the chosen text is copied by hand.
  async copy() {
    this.link.select();
    try {
      await navigator.clipboard.writeText(this.link.value);
      this.out.textContent = this.page.words.copied;
    } catch {
      this.out.textContent = this.page.words.copyByHand;
    }
  }
}
