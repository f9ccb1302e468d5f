// Loaded before Azurite: ends it when its standard input ends. Then whoever started it wants that, or has ended, in
// whatever way. Azurite saves and closes as after Ctrl-C, where it has come that far.
process.stdin.on("close", () => {
  if (!process.emit("SIGINT")) process.exit();
  setTimeout(() => process.exit(1), 5000).unref();
});
process.stdin.resume();
