"""An answer that a language model writes: prompted, streamed, cited and checked sentence by sentence."""
