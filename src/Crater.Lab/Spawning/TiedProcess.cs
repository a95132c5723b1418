using System.Diagnostics;
using Crater.Diagnostics;

namespace Crater.Lab.Spawning;

/// <summary>
/// Starts a process from a thread that lives as long as this process. A parent-death signal follows the thread: started from the thread
/// pool, the child would be killed whenever the pool lets that thread go.
/// </summary>
internal static class TiedProcess
{
    /// <summary>With pipes as its input and output.</summary>
    /// <exception cref="CraterException">CRT6507: it could not be started.</exception>
    public static Task<Process> StartAsync(IReadOnlyList<string> vector)
    {
        var answer = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Start(vector, answer)) { IsBackground = true, Name = "crater-tie" }.Start();
        return answer.Task;
    }

    private static void Start(IReadOnlyList<string> vector, TaskCompletionSource<Process> answer)
    {
        var start = new ProcessStartInfo(vector[0]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in vector.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            answer.SetResult(Process.Start(start)!);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            answer.SetException(new CraterException("CRT6507", $"'{vector[0]}' could not be started: {e.Message}", e));
            return;
        }

        using var never = new ManualResetEventSlim();
        never.Wait();
    }
}
