(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("report-data").textContent);
  var whole = new Intl.NumberFormat(data.lang);
  var fraction = new Intl.NumberFormat(data.lang, data.chance
    ? { style: "percent", maximumSignificantDigits: 2 }
    : { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  function at(id) { return document.getElementById(id); }

  function fold(text) {
    return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  function say(shown, all) {
    return data.shown.replace("{shown}", whole.format(shown)).replace("{all}", whole.format(all));
  }

  /* A fact is [id, text, kind, places, mutual, ...]: `extra` words the rest. */
  function passes(prefix) {
    var words = fold(at(prefix + "-text").value).split(/\s+/).filter(Boolean);
    var kind = at(prefix + "-kind").value;
    var place = at(prefix + "-place").value;
    var least = Number(at(prefix + "-mutual").value);
    at(prefix + "-mutual-out").textContent = fraction.format(least);
    return function (fact) {
      var text = fold(fact[1]);
      return (!kind || fact[2] === kind) && (!place || fact[3].indexOf(place) >= 0) &&
        (least === 0 || fact[4] >= least) && words.every(function (word) { return text.indexOf(word) >= 0; });
    };
  }

  function watch(form, apply) {
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("reset", function () { setTimeout(apply, 0); });
    apply();
  }

  function filterCards() {
    var keep = passes("f");
    var plain = at("f-plain").checked, speaks = at("f-speaks").checked, shown = 0;
    data.cards.forEach(function (fact) {
      var isShown = keep(fact) && (!plain || fact[7] === 0) && (!speaks || fact[8] === 1);
      at(fact[0]).hidden = !isShown;
      shown += isShown ? 1 : 0;
    });
    document.querySelectorAll("ol.cards").forEach(function (list) {
      list.nextElementSibling.hidden = list.querySelector("li.card:not([hidden])") !== null;
    });
    at("f-shown").textContent = say(shown, data.cards.length);
    sortCards(at("f-sort").value);
  }

  var sorted = "rank";
  function sortCards(by) {
    if (by === sorted) { return; }
    sorted = by;
    var column = { mutual: 4, seeker: 5, candidate: 6 }[by];
    var order = data.cards.map(function (fact, place) { return [place, fact]; });
    if (column) { order.sort(function (a, b) { return b[1][column] - a[1][column] || a[0] - b[0]; }); }
    order.forEach(function (pair) {
      var card = at(pair[1][0]);
      card.parentNode.appendChild(card);
    });
  }

  function filterRows() {
    var keep = passes("i"), shown = 0;
    data.seekers.forEach(function (fact) {
      var isShown = keep(fact);
      at(fact[0]).hidden = !isShown;
      shown += isShown ? 1 : 0;
    });
    at("i-shown").textContent = say(shown, data.seekers.length);
  }

  function sortRows(header, up) {
    var column = { name: 7, strong: 8, count: 5, plain: 6 }[header.dataset.sort];
    var collator = new Intl.Collator(data.lang);
    var order = data.seekers.slice().sort(function (a, b) {
      var gap = column === 7 ? collator.compare(a[7], b[7]) : a[column] - b[column];
      return up ? gap : -gap;
    });
    var body = at("seekers").tBodies[0];
    order.forEach(function (fact) { body.appendChild(at(fact[0])); });
    at("seekers").querySelectorAll("th[data-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
  }

  function makeSortable(header) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    header.textContent = "";
    header.appendChild(button);
    button.addEventListener("click", function () {
      var now = header.getAttribute("aria-sort");
      sortRows(header, now ? now === "descending" : header.dataset.sort === "name");
    });
  }

  function openAll(isOpen) {
    document.querySelectorAll(".card details").forEach(function (each) { each.open = isOpen; });
  }

  if (at("index-filters")) {
    watch(at("index-filters"), filterRows);
    at("seekers").querySelectorAll("th[data-sort]").forEach(makeSortable);
  }
  if (at("filters")) {
    watch(at("filters"), filterCards);
    var button = at("f-open");
    button.addEventListener("click", function () {
      var isOpen = button.textContent === data.open;
      openAll(isOpen);
      button.textContent = isOpen ? data.close : data.open;
    });
  }
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.filter.call(document.querySelectorAll("details"), function (each) { return !each.open; });
    closed.forEach(function (each) { each.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (each) { each.open = false; });
  });
}());
