// A slider for the day of the page, and the words of the column that one points at. Without it there are the field
// for the day, the browser's own tooltips, and the table.
const day = document.getElementById("as_of");
const slider = document.getElementById("slide");
const DAY = 86_400_000;
const first = Date.parse(slider.dataset.first), last = Date.parse(slider.dataset.last);
const iso = (days) => new Date(first + days * DAY).toISOString().slice(0, 10);

if (last > first) {
  slider.min = 0;
  slider.max = Math.round((last - first) / DAY);
  slider.value = Math.round((Date.parse(day.value) - first) / DAY);
  slider.closest("[hidden]").hidden = false;
  const follow = () => {
    day.value = iso(Number(slider.value));
    slider.setAttribute("aria-valuetext", day.value);
  };
  slider.addEventListener("input", follow);
  slider.addEventListener("pointerup", () => slider.form.requestSubmit());
  slider.setAttribute("aria-valuetext", day.value);
}

const picture = document.querySelector(".course");
if (picture) {
  const told = document.getElementById("told");
  const hint = told.textContent;
  const links = Array.from(picture.querySelectorAll("a"));
  const tell = (event) => {
    told.textContent = event.target.closest("a")?.getAttribute("aria-label") ?? hint;
  };
  links.at(-1).setAttribute("tabindex", "0");
  picture.addEventListener("pointerover", tell);
  picture.addEventListener("focusin", tell);
  picture.addEventListener("pointerleave", () => { told.textContent = hint; });
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    const next = step && links[links.indexOf(event.target.closest("a")) + step];
    if (!next) return;
    event.preventDefault();
    event.target.closest("a").setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });
}
