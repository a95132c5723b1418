using Crater.Server;

// Called by the name crater-operator it is the operator without a word, as a container's entry likes it.
return await CraterServer.RunAsync(Path.GetFileNameWithoutExtension(Environment.GetCommandLineArgs()[0]) == "crater-operator" && args is not ["operator", ..] ? ["operator", .. args] : args);
