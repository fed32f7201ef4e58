import "./htmx.js";
import "./confirm.js";
import "./forms.js";
import "./kept.js";
import "./mentions.js";
import "./menus.js";
import "./passwords.js";
import "./toasts.js";
