using System.Security.Cryptography;

namespace Shop.Roles;

/// <summary>Ids that nobody can guess: an order's id is all that is needed to see it.</summary>
internal static class Ids
{
    public static string New() => RandomNumberGenerator.GetHexString(24, lowercase: true);
}
