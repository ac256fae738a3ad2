import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // The memory's WebAssembly module is part of the script. `conversation-memory/lazy` loads it later, in chunks of its own.
  build: { chunkSizeWarningLimit: 1000 },
});
