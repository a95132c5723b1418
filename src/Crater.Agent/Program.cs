return Crater.Agent.CraterD.Run(args);
