using System.CommandLine;
using Crater.Diagnostics;
using Crater.Server.Operating;

namespace Crater.Server;

/// <summary><c>crater-server MODE</c>.</summary>
internal static class CraterServer
{
    /// <summary>Exit codes as docs/exit-codes.md has them: 0 ended as asked, 1 a wrong command line, 5 the surroundings do not allow it.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Crater's server. Its modes are commands.") { OperatorMode.Create() };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"error CRT1201: {error.Message}");
            }

            return 1;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (CraterException e)
        {
            foreach (var problem in e.Problems)
            {
                await Console.Error.WriteLineAsync($"error {problem}");
            }

            await Console.Error.WriteLineAsync($"error {e.Code}: {e.Message}");
            return e.Code is ['C', 'R', 'T', '4' or '5' or '6' or '7' or '8', ..] ? 5 : 1;
        }
    }
}
