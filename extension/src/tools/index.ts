// The table of contents: every tool by its name. It exists so that what this extension can do is read in one look.

import { click, hover, pressKey, selectOption, type } from './actions.ts';
import { askUser } from './ask.ts';
import { batch } from './batch.ts';
import { browsers } from './browsers.ts';
import { consoleLogs } from './console.ts';
import { cookies } from './cookies.ts';
import { handleDialog } from './dialog.ts';
import { downloads } from './downloads.ts';
import { drag } from './drag.ts';
import { drop } from './drop.ts';
import { emulate, resize } from './emulate.ts';
import { evaluate } from './evaluate.ts';
import { extract } from './extract.ts';
import { find } from './find.ts';
import { fillForm } from './form.ts';
import { snapshot, waitFor } from './look.ts';
import { goBack, goForward, navigate, reload } from './navigation.ts';
import { clickXy, dragXy, mouseWheel, moveXy } from './mouse-xy.ts';
import { networkRequest, networkRequests } from './network.ts';
import { pdfSave } from './pdf.ts';
import { screenshot } from './screenshot.ts';
import { scroll } from './scroll.ts';
import { storage } from './storage.ts';
import { tabs } from './tabs.ts';
import { fileUpload } from './upload.ts';
import { getText } from './text.ts';
import type { Tool } from './tool.ts';

export const TOOLS: ReadonlyMap<string, Tool> = new Map([
  ['browser_navigate', navigate],
  ['browser_go_back', goBack],
  ['browser_go_forward', goForward],
  ['browser_reload', reload],
  ['browser_snapshot', snapshot],
  ['browser_find', find],
  ['browser_get_text', getText],
  ['browser_extract', extract],
  ['browser_click', click],
  ['browser_hover', hover],
  ['browser_type', type],
  ['browser_fill_form', fillForm],
  ['browser_select_option', selectOption],
  ['browser_press_key', pressKey],
  ['browser_drag', drag],
  ['browser_scroll', scroll],
  ['browser_file_upload', fileUpload],
  ['browser_wait_for', waitFor],
  ['browser_screenshot', screenshot],
  ['browser_tabs', tabs],
  ['browser_batch', batch],
  ['browser_ask_user', askUser],
  ['browser_get_console_logs', consoleLogs],
  ['browser_downloads', downloads],
  ['browser_network_requests', networkRequests],
  ['browser_network_request', networkRequest],
  ['browser_evaluate', evaluate],
  ['browser_handle_dialog', handleDialog],
  ['browser_drop', drop],
  ['browser_pdf_save', pdfSave],
  ['browser_resize', resize],
  ['browser_emulate', emulate],
  ['browser_mouse_click_xy', clickXy],
  ['browser_mouse_move_xy', moveXy],
  ['browser_mouse_drag_xy', dragXy],
  ['browser_mouse_wheel', mouseWheel],
  ['browser_cookies', cookies],
  ['browser_storage', storage],
  ['browser_browsers', browsers],
]);
