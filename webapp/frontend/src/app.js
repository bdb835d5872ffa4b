// What every page gets. Each module adds delegated listeners; none is needed for a page to work.
import './app/requests.js';
import './app/theme.js';
import './app/keyboard.js';
import './app/menus.js';
import './app/dialogs.js';
import './app/phrases.js';
import './app/choosing.js';
import './app/files.js';
import './app/autosave.js';
import './app/leaving.js';
import './app/submitting.js';

document.documentElement.dataset.ready = '1';
