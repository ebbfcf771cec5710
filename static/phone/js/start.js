/** Begins a screen once its parts are there. */
(function (self) {
  "use strict";

  self.phone.ready = self.phone.begin().catch((error) => {
    document.documentElement.classList.add("drawn");
    self.phone.toast(self.phone.say("storage"), "over");
    throw error;
  });
})(self);
