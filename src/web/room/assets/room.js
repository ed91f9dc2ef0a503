/** On every page: nhsuk-frontend's components. Pages work without it. */
import { initAll } from "/assets/nhsuk.js";

initAll();
