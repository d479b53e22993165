// What the opinion editor loads besides what every page does.
import { snapshots } from "./snapshots";
import { snippets } from "./snippets";

snapshots(document);
snippets(document);
