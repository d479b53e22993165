// What every page loads, after it can already be used: htmx, keys, drafts that survive, and buttons that are not pressed twice.
import "htmx.org/dist/htmx.esm.js";
import { answered } from "./answered";
import { drop } from "./drop";
import { forgetting } from "./forget";
import { keys } from "./keys";
import { keep } from "./keep";
import { keepStyle } from "./style";
import { learn } from "./sample";
import { once } from "./once";
import { take } from "./take";
import { passing } from "./passing";
import { pictures } from "./pictures";

answered(document);
keys(document);
drop(document);
keep(document);
forgetting(document);
passing(document);
once(document);
take(document);
learn();
keepStyle(document);
pictures(document);
document.addEventListener("htmx:after:swap", () => pictures(document));
