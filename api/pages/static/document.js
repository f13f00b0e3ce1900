// "Look closer" in its place: the same page is asked for with the question, and its answer put under the signal.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a.closer");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  document.getElementById("why")?.remove();
  const wait = document.createElement("span");
  wait.setAttribute("role", "status");
  wait.textContent = "reading it again…";
  link.replaceWith(wait);
  try {
    const answer = await fetch(link.href, { credentials: "same-origin" });
    const told = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("why");
    if (!told) throw new Error("no answer");
    wait.parentElement.after(document.adoptNode(told));
    wait.remove();
  } catch {
    location.href = link.href; // the page itself says what is wrong
  }
});
