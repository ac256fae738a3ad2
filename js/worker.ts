// The script of the worker in which a memory runs. Importing it is all that a worker of an application's own has to do.

import { serve } from "./remote/host.js";

serve();
