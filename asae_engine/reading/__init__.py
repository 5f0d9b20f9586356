"""What pages read: plain queries on indexed tables, already cut to what the reader may see. Changes nothing
but the reading log.

Every function takes the session, the actor and the present instant, and gives back frozen values that
templates show as they are. No workflow is loaded here.
"""
