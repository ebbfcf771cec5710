/** 随手记: a few words for the leader. */
(function (self) {
  "use strict";

  self.phone.keepForm(document.getElementById("note"), {
    kind: "note", screen: "note", place: "wanted", label: (values) => values.text.slice(0, 20),
  });
})(self);
