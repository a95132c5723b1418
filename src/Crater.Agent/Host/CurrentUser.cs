namespace Crater.Agent.Host;

/// <summary>Who runs craterd.</summary>
internal static class CurrentUser
{
    /// <summary>The user's name; where the system knows none for its number, such as in a container from scratch, the number.</summary>
    public static string Name
    {
        get
        {
            try
            {
                return Environment.UserName;
            }
            catch (IOException)
            {
                return $"user {Libc.GetEffectiveUser()}";
            }
        }
    }
}
