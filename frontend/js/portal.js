import "./htmx.js";
import "./confirm.js";
import "./forms.js";
import "./menus.js";
import "./toasts.js";
